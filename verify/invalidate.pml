/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Publish, post, settle, collect, complete: two initiators, two invalidators, x86-TSO. README.md says
 * which line of the library each part stands for, and what each mistake (-DNAME) shows.
 *
 * Spin interleaves whole statements. What it does not know, that a store is seen by others later than by
 * its author, is here: a plain store goes to the thread's FIFO and reaches memory when the flusher takes
 * it from there. A read-modify-write and the taking of a mutex empty the thread's own FIFO; membarrier
 * empties everybody's. No thread loads what it stores plainly itself, so that loads go to memory.
 */
#ifndef OPERATIONS
#define OPERATIONS 2 /* of initiator 0 */
#endif
#ifndef OTHERS
#define OTHERS 1 /* of initiator 1 */
#endif
#ifndef ROUNDS
#define ROUNDS 1 /* invalidations with their fences, by each invalidator */
#endif
#ifndef INVALIDATORS
#define INVALIDATORS 2
#endif
#ifndef FENCES
#define FENCES 2 /* invalidators that wait for one */
#endif
#ifndef KINDS
#define KINDS 7 /* of operations: 1 access, 2 device, 4 map, 8 map with an access meanwhile */
#endif
#ifndef OTHER_KINDS
#define OTHER_KINDS 1 /* of initiator 1 */
#endif
#ifndef DEPTH
#define DEPTH 2 /* stores in a FIFO */
#endif

/* Two invalidators of a source each, or both of source 0. */
#ifdef ONE_SOURCE
#define SOURCE(k) 0
#else
#define SOURCE(k) k
#endif

/* Memory that is stored to plainly. */
#define BUSY(i) (i)
#define SETTLED(i) (2 + (i))
#define HOLD(i, h) (4 + 2 * (i) + (h))
#define TABLE(s) (8 + (s))
byte mem[10];
chan fifo[2] = [DEPTH] of { byte, byte };

/* A hold: sequence (odd: live), what it depends on (a bit for each source), born. */
#define PACK(sequence, deps, born) ((sequence) * 32 + (deps) * 8 + (born))
#define LIVE(word) (((word) >> 5) & 1)
#define SEQUENCE(word) ((word) >> 5)
#define DEPENDS(word, s) (((word) >> (3 + (s))) & 1)
#define BORN(word) ((word) & 7)
#define ANYTHING 3

/* Written with read-modify-writes, or under a mutex whose owner empties its FIFO. */
byte epoch;
byte generation[2];
byte inbox[2]; /* a bit for each source */
byte attached[2]; /* a bit for each source */
bit source_lock[2];
bit post_lock;
byte posted[2];
byte uncollected[2]; /* a bit for each epoch */
byte hit_sequence[4], hit_epoch[4], hit_sources[4]; /* [initiator * 2 + hold] */

/* What the properties are about; no thread of the library reads it. Versions of a source's table. */
byte newest[2]; /* as changed */
byte withdrawn[2]; /* older ones are posted */
byte returned[2]; /* and invalidate() has returned */
byte completed[2]; /* and the fence is complete */

inline empty_fifo(t)
{
	do
	:: len(fifo[t]) > 0 -> fifo[t] ? address, value; mem[address] = value
	:: else -> break
	od;
	address = 0; value = 0
}

inline barrier()
{
	atomic {
#if defined(NO_BARRIER) || defined(FENCED)
		skip
#else
		empty_fifo(0);
		empty_fifo(1)
#endif
	}
}

proctype flusher()
{
	byte address, value;
end:
	do
	:: atomic { fifo[0] ? address, value -> mem[address] = value; address = 0; value = 0 }
	:: atomic { fifo[1] ? address, value -> mem[address] = value; address = 0; value = 0 }
	od
}

/* ---- The owner of an initiator ---- */

/* Without membarrier: a fence of the owner's. */
inline own_fence()
{
#ifdef FENCED
#ifndef NO_BARRIER
	atomic { empty_fifo(me) }
#else
	skip
#endif
#else
	skip
#endif
}

/* drain(): takes the posts and drops what they ended. */
inline settle()
{
	atomic {
		empty_fifo(me);
		settled = generation[me];
		began[0] = returned[0];
		began[1] = returned[1];
		if
		:: inbox[me] & 1 -> cached[0] = 0
		:: else
		fi;
		if
		:: inbox[me] & 2 -> cached[1] = 0
		:: else
		fi;
		inbox[me] = 0
	};
	fifo[me] ! SETTLED(me), settled
}

inline look()
{
	atomic { g = generation[me]; began[0] = returned[0]; began[1] = returned[1] }
}

inline enter_gate()
{
#ifdef SWAPPED
	look();
	fifo[me] ! BUSY(me), 1;
#else
	fifo[me] ! BUSY(me), 1;
	own_fence();
	look();
#endif
}

inline enter()
{
	enter_gate();
	if
	:: g != settled -> settle(); g = settled
	:: else
	fi
}

inline leave()
{
	fifo[me] ! BUSY(me), 0;
	after_busy()
}

inline after_busy()
{
	own_fence();
	if
	:: generation[me] != settled -> settle()
	:: else
	fi
}

inline take_hold(h, deps, born)
{
	atomic {
		sequence[h] = sequence[h] + 1;
		fifo[me] ! HOLD(me, h), PACK(sequence[h], deps, born)
	}
}

inline narrow_hold(h, deps, born)
{
	fifo[me] ! HOLD(me, h), PACK(sequence[h], deps, born)
}

inline release_hold(h)
{
	atomic {
		sequence[h] = sequence[h] + 1;
		fifo[me] ! HOLD(me, h), PACK(sequence[h], 0, 0)
	}
}

/* The last byte of an access through version v of what source s says. */
inline use(v)
{
	assert(v >= completed[s])
}

/* What is cached may be used by an access that began at the generation it looked at. */
inline use_cached()
{
	atomic {
		assert(cached[s] - 1 >= began[s]);
		use(cached[s] - 1);
		fifo[me] ! BUSY(me), 0
	}
}

/* Attaches if need be, reads the table, perhaps makes an access meanwhile, and installs. */
inline walk()
{
	if
	:: !(attached[me] & (1 << s)) ->
		atomic {
			!source_lock[s];
			empty_fifo(me);
			attached[me] = attached[me] | (1 << s)
		}
	:: else
	fi;
	version = mem[TABLE(s)];
#ifdef NESTED
	/* A handler that the table read reached makes an access. */
	kept = g;
	if
	:: enter(); leave()
	:: true
	fi;
	g = kept;
#endif
	if
#ifdef NO_RECHECK_INSTALL
	:: true -> cached[s] = version + 1
#else
	:: generation[me] == g -> cached[s] = version + 1
	:: else
#endif
	fi
}

inline use_and_release()
{
	atomic { use(version); release_hold(0) }
}

inline hit_device()
{
	version = cached[s] - 1;
	assert(version >= began[s]);
#ifdef HOLD_AFTER_GATE
	leave();
	take_hold(0, 1 << s, g);
#else
	take_hold(0, 1 << s, g);
	leave();
#endif
	if
#ifdef NO_RECHECK_DEVICE
	:: true -> use_and_release()
#else
	:: settled != g -> release_hold(0) /* and looks it up again */
	:: settled == g -> use_and_release()
#endif
	fi
}

inline miss()
{
#ifdef BORN_AFTER_WALK
	take_hold(0, ANYTHING, 7);
	leave();
	walk();
	narrow_hold(0, ANYTHING, epoch);
	use_and_release()
#else
	born = epoch;
#ifndef NO_HOLD
	take_hold(0, ANYTHING, born);
#endif
	leave();
	walk();
#ifdef NO_HOLD
	use(version)
#else
	use_and_release()
#endif
#endif
}

/* xlat__dma_transfer() */
inline transfer(device)
{
	enter();
	if
	:: cached[s] && !device -> use_cached(); after_busy()
	:: cached[s] && device -> hit_device()
	:: !cached[s] -> miss()
	fi
}

/* The inlined hit. */
inline access()
{
	enter_gate();
	if
#ifndef FENCED
	:: g == settled && cached[s] -> use_cached()
	:: !(g == settled && cached[s]) ->
#else
	:: true ->
#endif
		leave();
		transfer(0)
	fi
}

inline map()
{
	do
	:: enter();
#ifdef MAP_BORN_LATE
		born = epoch;
#else
		born = g;
#endif
		take_hold(1, ANYTHING, born);
		leave();
		if
		:: cached[s] -> version = cached[s] - 1
		:: else -> walk()
		fi;
		narrow_hold(1, 1 << s, born);
		own_fence();
		atomic {
			if
#ifdef NO_RECHECK_MAP
			:: true ->
#else
			:: generation[me] == g ->
#endif
				/* What is handed out has not been withdrawn. */
				assert(version >= returned[s]);
				mapped = version;
				break
#ifndef NO_RECHECK_MAP
			:: else
#endif
			fi
		};
		release_hold(1)
	od
}

inline unmap()
{
	use(mapped);
	/* Its look at the generation only tells who mapped that the translation ended. */
	release_hold(1)
}

proctype owner(byte me; byte operations; byte kinds; byte filled)
{
	byte cached[2] = filled; /* version + 1; 0: nothing */
	byte began[2];
	byte sequence[2];
	byte g, kept, settled, born, s, version, mapped;
	byte address, value;

	do
	:: operations > 0 ->
		operations--;
		if
		:: s = 0
#if !defined(ONE_SOURCE) && !defined(ONE_PAGE)
		:: s = 1
#endif
		fi;
		if
		:: kinds & 1 -> access()
		:: kinds & 2 -> transfer(1)
		:: kinds & 4 -> map(); unmap()
		:: (kinds & 8) && operations > 0 -> operations--; map(); kept = s; access(); unmap()
		fi;
		version = 0; mapped = 0; born = 0; kept = 0; g = 0; s = 0; began[0] = 0; began[1] = 0
	:: operations == 0 -> break
	od
}

/* ---- Who withdraws ---- */

/*
 * The FIFO of an invalidator would change nothing: between the store to the table and the mutex that
 * empties it there is no load. What only who has a lock touches is done with the step before or after.
 */
inline change_table()
{
	atomic {
		newest[s] = newest[s] + 1;
		version = newest[s];
		mem[TABLE(s)] = version
	}
}

inline post_to(n)
{
	if
	:: attached[n] & (1 << s) ->
		inbox[n] = inbox[n] | (1 << s);
#ifndef NO_GENERATION
		generation[n] = e
#endif
	:: else
	fi
}

/* xlat__source_post() */
inline post()
{
	atomic {
#ifdef NO_POST_LOCK
		!source_lock[s];
#else
		!source_lock[s] && !post_lock;
		post_lock = 1;
#endif
		source_lock[s] = 1;
		epoch++;
		e = epoch;
		uncollected[s] = uncollected[s] | (1 << e)
	};
	atomic { post_to(0) };
	atomic {
		post_to(1);
#ifndef NO_POST_LOCK
		post_lock = 0;
#endif
		posted[s] = e;
		source_lock[s] = 0;
		if
		:: version > withdrawn[s] -> withdrawn[s] = version
		:: else
		fi;
		returned[s] = withdrawn[s];
		e = 0;
		version = 0
	}
}

/* xlat__gate_quiet() */
inline quiet_gate()
{
#ifdef NO_GATE
	over = 255;
#else
	if
	:: mem[BUSY(i)] ->
		atomic {
			if
			:: mem[SETTLED(i)] < generation[i] -> over = mem[SETTLED(i)]
			:: else -> over = 255
			fi
		}
	:: else -> over = 255
	fi
#endif
}

/* collect_hold(): the first uncollected post that ends it. */
inline collect_hold(h)
{
	atomic {
		word = mem[HOLD(i, h)];
		if
		:: LIVE(word) && DEPENDS(word, s) ->
			p = 1;
			do
			:: p > epoch -> break
			:: p <= epoch && (uncollected[s] & (1 << p)) && BORN(word) < p ->
				if
				:: hit_sequence[i * 2 + h] != SEQUENCE(word) ->
					hit_sequence[i * 2 + h] = SEQUENCE(word);
					hit_epoch[i * 2 + h] = p;
					hit_sources[i * 2 + h] = 0
				:: else
				fi;
				if
				:: p < hit_epoch[i * 2 + h] -> hit_epoch[i * 2 + h] = p
				:: else
				fi;
				hit_sources[i * 2 + h] = hit_sources[i * 2 + h] | (1 << s);
				break
			:: else -> p++
			od;
			p = 0
		:: else
		fi;
		word = 0
	}
}

#define HELD(i, h) \
	(LIVE(mem[HOLD(i, h)]) && hit_sequence[(i) * 2 + (h)] == SEQUENCE(mem[HOLD(i, h)]) && \
	 hit_epoch[(i) * 2 + (h)] <= e && (hit_sources[(i) * 2 + (h)] & (1 << s)))
#define COPYING(i) \
	(mem[BUSY(i)] && mem[SETTLED(i)] < e && mem[SETTLED(i)] < generation[i])
#define IN_USE(i) ((attached[i] & (1 << s)) && (HELD(i, 0) || HELD(i, 1) || COPYING(i)))

/* collect(), under the source's lock; but the barrier has been passed. */
inline collect()
{
	i = 0;
	do
	:: atomic { i < 2 && !(attached[i] & (1 << s)) -> i++ }
	:: i < 2 && (attached[i] & (1 << s)) ->
		collect_hold(0);
		atomic { collect_hold(1); i++ }
	:: atomic { i == 2 -> uncollected[s] = 0; i = 0; break }
	od
}

/* attached_use(): a hold that is not in the way stays so, and both are looked at at once. */
inline attached_use()
{
	quiet_gate();
	atomic {
		if
		:: over < e -> used = 1
#ifndef NO_HOLDS
		:: over >= e && (HELD(i, 0) || HELD(i, 1)) -> used = 1
#endif
		:: else
		fi;
		over = 0;
		i++
	}
}

/* xlat__source_use(), from the fence or from any poll of it. */
inline look_whether_used()
{
	atomic {
		!source_lock[s];
		source_lock[s] = 1;
		if
		:: uncollected[s] -> barrier()
		:: else
		fi
	};
	if
	:: uncollected[s] -> collect()
	:: else
	fi;
	do
	:: atomic { i < 2 && !(attached[i] & (1 << s)) -> i++ }
	:: i < 2 && (attached[i] & (1 << s)) -> attached_use()
	:: atomic { i == 2 -> i = 0; source_lock[s] = 0; break }
	od
}

inline fence()
{
	atomic { e = posted[s]; version = withdrawn[s] };
	do
	:: look_whether_used();
		if
		:: !used -> break
		/* It is polled again; a poll that sees the same changes nothing. */
		:: used -> used = 0;
			!IN_USE(0) && !IN_USE(1)
		fi
	od;
	atomic {
		if
		:: version > completed[s] -> completed[s] = version
		:: else
		fi;
		e = 0; version = 0
	}
}

proctype invalidator(byte me; byte s)
{
	byte rounds = ROUNDS;
	byte e, i, p, over, used, version, word, address, value;

	do
	:: rounds > 0 ->
		rounds--;
#ifdef POST_FIRST
		version = newest[s] + 1;
		post();
		change_table();
#else
		change_table();
		post();
#endif
		if
		:: me < 2 + FENCES -> fence()
		:: else
		fi
	:: rounds == 0 -> break
	od
}

init {
	atomic {
		run flusher();
		/* The caches are full or empty when it begins. */
		if
		:: attached[0] = 3; run owner(0, OPERATIONS, KINDS, 1)
#ifndef FULL
		:: run owner(0, OPERATIONS, KINDS, 0)
#endif
		fi;
		attached[1] = 3;
		run owner(1, OTHERS, OTHER_KINDS, 1);
		run invalidator(2, SOURCE(0));
#if INVALIDATORS == 2
		run invalidator(3, SOURCE(1))
#endif
	}
}
