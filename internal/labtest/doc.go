// Package labtest holds the tests that break nslab at every point where it
// changes something, and look at what is left.
//
// Its sweeps run the nslab program under ptrace(2) and count, over all of its
// threads and children, the system calls that change something. One run is
// disturbed at one of them: the program is killed on entry or on exit of the
// call, or the call fails, before it has an effect or after it. The next run is
// disturbed at the next call, until a run ends before it gets there.
//
//   - kill, also at random times: after a kill `down` leaves nothing, and `up` makes the lab whole.
//   - errors: after a failure things are as nslab says that they are, and `down`
//     leaves nothing.
//   - limits: from one call on no file can be made or written, or opened, to the end of
//     the run: the lab is as before, or can be taken down when that is over.
//   - open files: with each limit of open files, from too few for anything to enough, a change
//     is made or undone.
//   - broken: builds of nslab with a mistake in them do not pass.
//
// Beside them there are random labs, with random changes of their files and by hand:
// what iproute2 says of them is held against an oracle that is computed from the file
// without package lab. NSLAB_RANDOM_ROUNDS=1000 takes so many, and
// NSLAB_RANDOM_SEED=N begins with the lab of a seed that a failure has printed.
//
// A short sweep takes part of the points. NSLAB_SWEEP=full takes all of them, and
// NSLAB_SWEEP_SEED=N repeats the random times of an earlier run.
package labtest
