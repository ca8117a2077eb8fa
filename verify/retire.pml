/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Views and the RAM that they show: published, withdrawn, retired, freed. Readers are two threads that
 * borrow a casual initiator, and a handle that hits, walks and maps. Memory is as in invalidate.pml.
 */
#ifndef PUBLICATIONS
#define PUBLICATIONS 1
#endif
#ifndef READERS
#define READERS 3 /* 1: two casual accesses, 2: a handle */
#endif
#ifndef OPERATIONS
#define OPERATIONS 1 /* of the handle */
#endif
#ifndef REAPS
#define REAPS 1
#endif
#ifndef DEPTH
#define DEPTH 2
#endif

#define BUSY_CASUAL 0
#define BORN_CASUAL 1
#define BUSY 2
#define SETTLED 3
#define HOLD 4 /* kind * 16 + born; 0: not live */
#define HOST 5 /* version + 1 of the RAM that a map points into */
byte mem[6];
chan fifo[3] = [DEPTH] of { byte, byte }; /* of the casual threads and the handle's owner */

#define WALK 1
#define MAP 2
#define KIND(word) ((word) >> 4)
#define BORN(word) ((word) & 15)

byte view; /* the version that is published; its author empties its FIFO before anything depends on it */
byte epoch;
byte generation; /* of the handle */
byte retired[PUBLICATIONS + 1]; /* epoch at which a version was; 0: not */
byte freed_views, freed_ram; /* a bit for each version */

inline empty_fifo(t)
{
	do
	:: len(fifo[t]) > 0 -> fifo[t] ? address, value; mem[address] = value
	:: else -> break
	od;
	address = 0; value = 0
}

proctype flusher()
{
	byte address, value;
end:
	do
	:: atomic { fifo[0] ? address, value -> mem[address] = value; address = 0; value = 0 }
	:: atomic { fifo[1] ? address, value -> mem[address] = value; address = 0; value = 0 }
	:: atomic { fifo[2] ? address, value -> mem[address] = value; address = 0; value = 0 }
	od
}

inline use_view(v)
{
	assert(!(freed_views & (1 << v)))
}

inline use_ram(v)
{
	assert(!(freed_ram & (1 << v)))
}

/* An access without a handle. While one thread has the initiator, another makes one of its own. */
proctype casual(byte me)
{
	byte v, born, address, value;

#ifdef PLAIN_BORROW
	atomic { !mem[BUSY_CASUAL] -> fifo[me] ! BUSY_CASUAL, 1 };
#else
	atomic { !mem[BUSY_CASUAL] -> empty_fifo(me); mem[BUSY_CASUAL] = 1 };
#endif
#ifdef VIEW_BEFORE_BORN
	v = view;
#endif
	born = epoch;
	fifo[me] ! BORN_CASUAL, born;
#ifndef VIEW_BEFORE_BORN
	v = view;
#endif
#ifdef RETURN_EARLY
	atomic { empty_fifo(me); mem[BUSY_CASUAL] = 0 };
	atomic { use_view(v); use_ram(v) }
#else
	atomic { use_view(v); use_ram(v); empty_fifo(me); mem[BUSY_CASUAL] = 0 }
#endif
}

inline settle()
{
	atomic { empty_fifo(2); settled = generation; cached = 255 };
	fifo[2] ! SETTLED, settled
}

inline enter()
{
	fifo[2] ! BUSY, 1;
	g = generation;
	if
	:: g != settled -> settle(); g = settled
	:: else
	fi
}

inline leave()
{
	fifo[2] ! BUSY, 0;
	if
	:: generation != settled -> settle()
	:: else
	fi
}

inline hit()
{
	fifo[2] ! BUSY, 1;
	g = generation;
	if
	:: g == settled && cached != 255 -> atomic { use_ram(cached); fifo[2] ! BUSY, 0 }
	:: else -> leave()
	fi
}

inline walk()
{
	enter();
	born = epoch;
#ifdef VIEW_BEFORE_HOLD
	v = view;
	fifo[2] ! HOLD, WALK * 16 + born;
	leave();
#else
	fifo[2] ! HOLD, WALK * 16 + born;
	leave();
	v = view;
#endif
#ifndef UNATTACHED
	if
	:: generation == g -> cached = v
	:: else
	fi;
#endif
	atomic { use_view(v); use_ram(v); fifo[2] ! HOLD, 0 }
}

inline map()
{
	do
	:: enter();
#ifdef MAP_FROM_THE_START
		fifo[2] ! HOLD, MAP * 16 + g;
#else
		fifo[2] ! HOLD, WALK * 16 + g;
#endif
		leave();
		if
		:: cached != 255 -> v = cached
		:: else -> v = view; use_view(v)
		fi;
		fifo[2] ! HOST, v + 1;
		if
		:: generation == g ->
#ifdef NO_HOST
			fifo[2] ! HOST, 0;
#endif
			fifo[2] ! HOLD, MAP * 16 + g;
			use_ram(v);
			break
		:: else -> use_ram(v)
		fi;
		fifo[2] ! HOLD, 0;
		fifo[2] ! HOST, 0
	od
}

inline unmap()
{
	use_ram(v);
	fifo[2] ! HOLD, 0;
	fifo[2] ! HOST, 0
}

proctype handle()
{
#ifdef UNATTACHED
	byte cached = 255; /* nothing, and nobody posts what changes */
#else
	byte cached = 0;
#endif
	byte operations = OPERATIONS;
	byte g, v, settled, born, address, value;

	do
	:: operations > 0 ->
		operations--;
		if
		:: hit()
		:: walk()
		:: map(); unmap()
		fi;
		g = 0; v = 0; born = 0
	:: operations == 0 -> break
	od
}

/* A commit: publish(), post(), xlat__fabric_retire(). */
proctype publisher()
{
	byte version;

	do
	:: version < PUBLICATIONS ->
#ifdef RETIRE_FIRST
		atomic { epoch++; retired[version] = epoch };
		view = version + 1;
		atomic { epoch++; generation = epoch };
#else
		view = version + 1;
#if !defined(NO_POST) && !defined(UNATTACHED)
		atomic { epoch++; generation = epoch };
#endif
		atomic { epoch++; retired[version] = epoch };
#endif
		version++
	:: version == PUBLICATIONS -> break
	od
}

inline least(e)
{
	if
	:: e < quiet -> quiet = e
	:: else
	fi
}

/* sort_out(), by a commit or process(). */
proctype reaper()
{
	byte rounds = REAPS;
	byte newest, quiet, v, g, word, blocked, address, value;

	do
	:: rounds > 0 ->
		rounds--;
		newest = epoch;
#ifndef NO_BARRIER
		atomic { empty_fifo(0); empty_fifo(1); empty_fifo(2) };
#endif
		quiet = 255;
#ifndef NO_CASUAL
		if
		:: mem[BUSY_CASUAL] -> least(mem[BORN_CASUAL])
		:: else
		fi;
#endif
		if
		:: mem[BUSY] ->
			g = generation;
			atomic {
				if
				:: mem[SETTLED] < g -> least(mem[SETTLED])
				:: else
				fi;
				g = 0
			}
		:: else
		fi;
		atomic {
			word = mem[HOLD];
			if
			:: KIND(word) == WALK -> least(BORN(word))
			:: else
			fi;
			word = 0
		};
		/* held(): a map that points into the RAM of a version. */
		if
		:: KIND(mem[HOLD]) -> blocked = mem[HOST]
		:: else
		fi;
		atomic {
			v = 0;
			do
			:: v > PUBLICATIONS -> break
			:: v <= PUBLICATIONS ->
				if
#ifdef NO_NEWEST
				:: retired[v] && retired[v] <= quiet ->
#else
				:: retired[v] && retired[v] <= quiet && retired[v] <= newest ->
#endif
					freed_views = freed_views | (1 << v);
					if
					:: blocked != v + 1 -> freed_ram = freed_ram | (1 << v)
					:: else
					fi
				:: else
				fi;
				v++
			od;
			v = 0; quiet = 0; newest = 0; blocked = 0
		}
	:: rounds == 0 -> break
	od;
	/* Whoever is done is found quiet in the end, and everything is freed. */
	timeout;
	assert(!mem[BUSY_CASUAL] && !mem[BUSY] && !mem[HOLD])
}

init {
	atomic {
		run flusher();
#if READERS & 1
		run casual(0);
		run casual(1);
#endif
#if READERS & 2
		run handle();
#endif
		run publisher();
		run reaper()
	}
}
