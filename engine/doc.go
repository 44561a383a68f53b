// Package engine carries out operations, such as creating or deleting a network
// namespace, or sending a request to the kernel in one. It knows neither the
// command line that an operation was written as nor the file that it was
// planned from.
//
// An Engine keeps one socket for each namespace. Do carries out one operation
// and waits for its result. RunAll is for thousands of operations: it creates
// namespaces ahead of time on a thread of its own and sends requests in
// batches. VisitEach goes through namespaces to read them.
package engine
