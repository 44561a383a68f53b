// Package imports holds the test that packages import each other as the table of ARCHITECTURE.md says: only what stands
// above them in it, and only what their row lists.
package imports
