// Package imports has the test that packages import each other as the table in
// ARCHITECTURE.md says: only packages above them, and only those listed in
// their row.
package imports
