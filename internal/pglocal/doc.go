// Package pglocal finds a PostgreSQL on this machine and runs private clusters with it.
//
// A cluster listens on 127.0.0.1 only, on a port of its own, and never touches a
// server that already runs. It is durable and asks for a password unless
// [Options.Throwaway] says that nothing in it is worth keeping. Where this process
// is root the server runs as another account, because PostgreSQL refuses to be root.
//
// On Linux the server ends with the process that started it, also after kill -9.
// Elsewhere it is stopped by [Cluster.Stop] only.
package pglocal
