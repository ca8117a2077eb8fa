/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fences of one IOMMU: made by two threads, polled by two threads that sleep until they are kicked,
 * while an owner ends what they wait for. They complete and call back in order, and no kick is lost.
 */
#ifndef DEPTH
#define DEPTH 2
#endif

byte over; /* the epoch up to which nothing is in use any more */
chan fifo = [DEPTH] of { byte }; /* the owner's stores to it */
bit pollers_lock;
bit finishing;
byte pollers[3]; /* fences in order; 0: none */
byte waiting;
byte kicks;
byte made; /* fences, in the order in which they are made: 1, 2 */
bit complete[3], called[3];

inline drain()
{
	do
	:: len(fifo) > 0 -> fifo ? over
	:: else -> break
	od
}

proctype flusher()
{
end:
	do
	:: fifo ? over
	od
}

/* Ends one hold after the other: xlat__hold_release(). */
proctype owner()
{
	byte e;

	do
	:: e < 2 ->
		e++;
		fifo ! e;
		if
		:: waiting -> atomic { drain(); kicks = 1 } /* write(2) takes the eventfd's lock */
		:: else
		fi
	:: e == 2 -> break
	od
}

#ifdef NO_BEHIND
#define BEHIND(n) false
#else
#define BEHIND(n) ((n) > 0 && pollers[0])
#endif
#ifdef NO_FINISHING
#define FINISHING false
#else
#define FINISHING finishing
#endif

inline completed(f)
{
	complete[f] = 1;
	assert(f == 1 || complete[1])
}

/* xlat_iommu_fence() */
proctype maker()
{
	byte f;
	bit soon;

	atomic { !pollers_lock; pollers_lock = 1; made++; f = made };
#ifdef COUNT_LATE
	soon = over >= f && !pollers[0] && !FINISHING;
	if
	:: !soon -> waiting++
	:: else
	fi;
#else
	soon = over >= f && !pollers[0] && !FINISHING;
	if
	:: !soon ->
		waiting++;
#ifndef NO_BARRIER
		atomic { drain() };
#endif
		soon = over >= f && !pollers[0] && !FINISHING;
		if
		:: soon -> waiting--
		:: else
		fi
	:: else
	fi;
#endif
	atomic {
		if
		:: soon -> completed(f); called[f] = 1
		:: !soon && !pollers[0] -> pollers[0] = f
		:: !soon && pollers[0] -> pollers[1] = f
		fi;
		pollers_lock = 0
	}
}

/* xlat__fabric_poll(), and what comes after each fence. */
inline poll()
{
	do
	:: atomic { !pollers_lock; pollers_lock = 1; n = 0; f = 0 };
		do
		:: n < 2 && pollers[n] ->
			if
			:: over >= pollers[n] && !BEHIND(n) && !FINISHING ->
				f = pollers[n];
				finishing = 1;
				if
				:: n == 0 -> pollers[0] = pollers[1]
				:: else
				fi;
				pollers[1] = 0;
				waiting--;
				break
			:: else -> n++
			fi
		:: else -> break
		od;
		pollers_lock = 0;
		if
		:: !f -> break
		:: else
		fi;
		completed(f);
		/* done() */
		called[f] = 1;
		assert(f == 1 || called[1]);
		atomic { !pollers_lock; finishing = 0 };
#ifndef NO_KICK_AFTER
		if
		:: waiting -> kicks = 1
		:: else
		fi
#endif
	od
}

/* xlat_fabric_process() whenever the descriptor is readable. */
proctype process()
{
	byte n, f;

end:
	do
	:: atomic { kicks -> kicks = 0 };
		poll()
	od
}

/* xlat_fence_poll(), whenever it likes. */
proctype impatient()
{
	byte n, f;

	poll()
}

init {
	atomic {
		run impatient();
		run flusher();
		run owner();
		run maker();
		run maker();
		run process();
		run process()
	};
	timeout;
	assert(complete[1] && complete[2] && called[1] && called[2])
}
