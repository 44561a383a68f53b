//go:build race

package lab

// raceDetector says that memory is several times what the program itself uses.
const raceDetector = true
