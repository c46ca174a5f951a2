// Package job is the queue of work that does not fit into a request: imports,
// folding counts, mail, retention. It lives in our own tables, so that a job is
// enqueued in the transaction of the act that causes it, and runs if and only if
// that act was committed.
//
// A job is ready, running, and then done, failed or cancelled. A worker holds a
// running job by a lease that it renews; when the worker dies the lease runs out
// and the job runs again. So a handler may run twice, also at the same time in
// the rare case that a worker stalls longer than its lease: handlers are
// idempotent, and where that is hard they call Run.Complete in the transaction
// of their last write, which fails for the one that lost the lease.
//
// The clocks of the nodes must agree to within half a lease.
package job
