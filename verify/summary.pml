/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The summary of what is in use, of one block: handles that mark before they walk, and withdrawers who
 * ask it, and then post nothing where it says no. Memory is as in invalidate.pml; withdrawers have a
 * FIFO, too, since what they store before they ask matters.
 */
#ifndef OPERATIONS
#define OPERATIONS 2 /* of handle 0: hits and walks */
#endif
#ifndef OTHERS
#define OTHERS 1 /* of handle 1 */
#endif
#ifndef WITHDRAWERS
#define WITHDRAWERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 1 /* of the first of them */
#endif
#ifndef DEPTH
#define DEPTH 2
#endif

/* Memory that is stored to plainly. */
#define BUSY(i) (i)
#define SETTLED(i) (2 + (i))
#define HOLD(i) (4 + (i)) /* sequence * 8 + born; an odd sequence: live */
#define TABLE 6
#define MARK 7
byte mem[8];
chan fifo[4] = [DEPTH] of { byte, byte }; /* of the handles' owners, and of the withdrawers */

#define LIVE(word) (((word) >> 3) & 1)
#define SEQUENCE(word) ((word) >> 3)
#define BORN(word) ((word) & 7)

/* A mark: withdrawn still counts as in use. */
#define NONE 0
#define MARKED 1
#define WITHDRAWN 2

byte epoch;
byte generation[2];
byte pending; /* a bit for each epoch of a withdrawal that is not known to be over */
bit source_lock;

/* What the properties are about. */
byte newest;
byte completed; /* nobody uses an older version */

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
	:: atomic { fifo[3] ? address, value -> mem[address] = value; address = 0; value = 0 }
	od
}

/* ---- The owner of a handle ---- */

inline use(v)
{
	assert(v >= completed)
}

inline settle()
{
	atomic { empty_fifo(me); settled = generation[me]; cached = 0 };
	fifo[me] ! SETTLED(me), settled
}

inline hit()
{
	fifo[me] ! BUSY(me), 1;
	g = generation[me];
	if
	:: g == settled && cached -> atomic { use(cached - 1); fifo[me] ! BUSY(me), 0 }
	:: else -> fifo[me] ! BUSY(me), 0
	fi
}

/* xlat__touched_begin() */
inline mark()
{
#ifdef MARK_PLAIN
	if
	:: mem[MARK] != MARKED -> fifo[me] ! MARK, MARKED
	:: else
	fi
#else
	if
	:: mem[MARK] == MARKED
	:: mem[MARK] != MARKED -> atomic { empty_fifo(me); mem[MARK] = MARKED }
	fi
#endif
}

inline walk()
{
	fifo[me] ! BUSY(me), 1;
	g = generation[me];
	if
	:: g != settled -> settle(); g = settled
	:: else
	fi;
	born = epoch;
#ifdef MARK_BEFORE_HOLD
	mark();
#endif
	atomic { sequence++; fifo[me] ! HOLD(me), sequence * 8 + born };
	fifo[me] ! BUSY(me), 0;
#if !defined(MARK_BEFORE_HOLD) && !defined(MARK_AFTER_READ)
	mark();
#endif
	v = mem[TABLE];
#ifdef MARK_AFTER_READ
	mark();
#endif
	if
	:: generation[me] == g -> cached = v + 1
	:: else
	fi;
	atomic { use(v); sequence++; fifo[me] ! HOLD(me), sequence * 8 }
}

proctype owner(byte me; byte operations)
{
	byte cached, g, v, settled, born, sequence, address, value;

	do
	:: operations > 0 ->
		operations--;
		if
		:: hit()
		:: walk()
		fi;
		g = 0; v = 0; born = 0
	:: operations == 0 -> break
	od
}

/* ---- Who withdraws ---- */

inline complete()
{
	if
	:: version > completed -> completed = version
	:: else
	fi
}

/* The question, and all that follows where it says no: xlat__source_in_use(). */
inline ask()
{
#ifndef NO_FENCE
	atomic { empty_fifo(me) };
#endif
	atomic {
		if
#ifdef WITHDRAWN_IS_UNUSED
		:: mem[MARK] != MARKED -> complete(); used = 0
#else
		:: mem[MARK] == NONE -> complete(); used = 0
#endif
		:: else -> used = 1
		fi
	}
}

inline withdraw()
{
	atomic {
		if
#ifdef FORGET_AT_ONCE
		:: mem[MARK] == MARKED -> mem[MARK] = NONE
#else
		:: mem[MARK] == MARKED -> mem[MARK] = WITHDRAWN
#endif
		:: else
		fi
	}
}

/* xlat__source_post() */
inline post()
{
	atomic { !source_lock; source_lock = 1; empty_fifo(me) };
#ifndef WITHDRAW_LATE
	withdraw();
#endif
	atomic { epoch++; e = epoch; pending = pending | (1 << e) };
	generation[0] = e;
	generation[1] = e;
#ifdef WITHDRAW_LATE
	withdraw();
#endif
	source_lock = 0
}

#define HIT(i) (LIVE(mem[HOLD(i)]) && SEQUENCE(mem[HOLD(i)]) == held[i])
#define COPYING(i) (mem[BUSY(i)] && mem[SETTLED(i)] < e && mem[SETTLED(i)] < generation[i])

inline collect(i)
{
	atomic {
		if
		:: LIVE(mem[HOLD(i)]) && BORN(mem[HOLD(i)]) < e -> held[i] = SEQUENCE(mem[HOLD(i)])
		:: else
		fi
	}
}

/* xlat__source_use() until there is none, and xlat__touched_settle(). */
inline fence()
{
	atomic {
		!source_lock;
		source_lock = 1;
		empty_fifo(0);
		empty_fifo(1)
	};
	/* The gates before the holds. */
	atomic { copying[0] = COPYING(0); copying[1] = COPYING(1) };
	collect(0);
	collect(1);
	source_lock = 0;
	atomic { (!copying[0] || !COPYING(0)) && !HIT(0); copying[0] = 0; held[0] = 0 };
	atomic {
		(!copying[1] || !COPYING(1)) && !HIT(1) && !source_lock;
		copying[1] = 0; held[1] = 0;
		source_lock = 1
	};
	if
#ifdef FORGET_AGAIN
	:: true ->
#else
	:: (pending >> (e + 1)) == 0 ->
#endif
		atomic {
			if
#ifdef FORGET_MARKED
			:: mem[MARK] != NONE -> mem[MARK] = NONE
#else
			:: mem[MARK] == WITHDRAWN -> mem[MARK] = NONE
#endif
			:: else
			fi
		};
		pending = 0
	:: else
	fi;
	atomic { source_lock = 0; complete(); e = 0 }
}

proctype withdrawer(byte me; byte rounds)
{
	byte version, e, address, value;
	byte held[2];
	bit used;
	bit copying[2];

	do
	:: rounds > 0 ->
		rounds--;
		/* Who changes one entry of a table has a lock for it. */
		atomic {
			len(fifo[2]) == 0 && len(fifo[3]) == 0;
			newest++;
			version = newest;
			fifo[me] ! TABLE, version
		};
		ask();
		if
		:: used -> post(); fence()
		:: else
		fi;
		version = 0; used = 0
	:: rounds == 0 -> break
	od
}

init {
	atomic {
		run flusher();
		run owner(0, OPERATIONS);
#if OTHERS
		run owner(1, OTHERS);
#endif
		run withdrawer(2, ROUNDS);
#if WITHDRAWERS == 2
		run withdrawer(3, 1)
#endif
	}
}
