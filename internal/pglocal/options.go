package pglocal

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Options say what cluster to start. The zero value is a durable cluster in a
// temporary directory that [Cluster.Stop] removes.
type Options struct {
	// Dir is the data directory: made where it does not exist, started again where
	// it does. Empty means a temporary one, removed at the end.
	Dir string
	// Throwaway gives up durability (fsync off) and the password (every local user
	// may connect) for speed. Only for clusters whose loss nobody would notice.
	Throwaway bool
	// Memory keeps a temporary cluster in memory where the system has a file system
	// for that with at least 4 GiB to spare. Making and dropping many small databases
	// is mostly the making of files, which costs a disk's file system far more.
	Memory bool
	// Bin is looked at first for PostgreSQL's programs.
	Bin string
	// Download brings an installation where none is found; nil means that none is
	// brought. Package internal/pglocal/download has one.
	Download func(context.Context) (Installation, error)
	// Port chooses where the server listens; nil is [FreePort]. It is asked again where
	// somebody else was faster.
	Port func() (int, error)
	// MaxConnections is the server's limit; 0 means 100.
	MaxConnections int
	// Settings are further server settings by name; they win over ours.
	Settings map[string]string
	// StartTimeout limits one start, initdb included; 0 means one minute.
	StartTimeout time.Duration
	// Log receives what the server logs; nil drops all but the tail that errors show.
	Log io.Writer
}

func (o Options) withDefaults() Options {
	if o.MaxConnections == 0 {
		o.MaxConnections = 100
	}
	if o.Port == nil {
		o.Port = FreePort
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = time.Minute
	}
	return o
}

// arguments is the server's command line.
func (o Options) arguments(dir string, port int) []string {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": socketDir(dir),
		"max_connections":         strconv.Itoa(o.MaxConnections),
		"logging_collector":       "off", // the log is ours to pass on
		"log_destination":         "stderr",
		"ssl":                     "off",
		"max_wal_size":            "1GB", // the template's small WAL segments would make it 64 MB
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
	if o.Throwaway {
		maps.Copy(settings, map[string]string{
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"shared_buffers": "32MB", // each of many short sessions maps them anew
			"autovacuum":     "off",  // it would visit hundreds of databases that are gone soon
		})
	}
	maps.Copy(settings, o.Settings)
	args := []string{"-D", dir}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// socketDir is where the server may put its socket: in its own directory, which
// nobody else can enter, where the path fits into the 107 bytes of a socket address.
func socketDir(dir string) string {
	const limit = 107
	if len(dir)+len("/.s.PGSQL.65535.lock") > limit {
		return ""
	}
	return dir
}
