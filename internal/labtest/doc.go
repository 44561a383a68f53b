// Package labtest has tests that break nslab at every point where it changes
// something, and check what is left.
//
// Its sweeps run the nslab program under ptrace(2) and count the system calls
// that change something, in all of its threads and children. Each run is
// disturbed at one of them: the program is killed on entry or on exit of the
// call, or the call fails, before or after it has had its effect. The next run
// is disturbed at the next call, until a run ends before reaching its call.
//
//   - kill, also at random times: after a kill `down` leaves nothing, and `up` completes the lab.
//   - errors: after a failure everything is as nslab says, and `down` leaves nothing.
//   - limits: from one call to the end of the run, no file can be created, written or opened. The lab is as before, or can be taken down afterwards.
//   - open files: with every limit of open files, from far too few to enough, a change is made or undone.
//   - programs: a lab whose nodes run programs, under errors and limits: none of them is left, and those that ran before run again.
//   - broken: builds of nslab with a mistake in them fail these tests.
//
// There are also random labs, with random changes of their files and by hand.
// Their state in iproute2's output is compared with an oracle that computes it
// from the file, without package lab. NSLAB_RANDOM_ROUNDS=1000 sets the number
// of rounds, and NSLAB_RANDOM_SEED=N begins with the lab of a seed that a
// failure printed.
//
// A short sweep tries some of the points. NSLAB_SWEEP=full tries all of them,
// and NSLAB_SWEEP_SEED=N repeats the random times of an earlier run.
package labtest
