//go:build race

package topology

// raceDetector says that memory is several times what the program itself uses.
const raceDetector = true
