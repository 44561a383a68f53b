// Package engine carries out operations: make a network namespace, send a
// request to the kernel in one, delete it. It knows neither the words that an
// operation was written in nor the file that it was planned from.
//
// An Engine keeps one socket a namespace. Do runs one operation to its end;
// Run runs many in order and stops at the first that fails; a Queue collects
// requests into batches where it need not stop. RunAll is for thousands: it makes
// namespaces ahead on a thread of its own and sends requests in batches.
// VisitEach goes through namespaces to read them.
package engine
