//go:build race

package topology

// raceDetector is set if the race detector multiplies the memory in use.
const raceDetector = true
