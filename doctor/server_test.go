package doctor

import (
	"testing"

	"github.com/rowhouse-go/rowhouse"
	"github.com/rowhouse-go/rowhouse/internal/pgbouncertest"
	"github.com/rowhouse-go/rowhouse/internal/pgtest"
)

func TestPoolerThatNobodyConfigured(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]Severity{"transaction": Problem, "session": Note} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.config.Servers[rowhouse.Main] = rowhouse.Server{
				URL: pgbouncertest.Start(t, p.config.Servers[rowhouse.Main].URL, "pool_mode = "+mode),
			}
			p.one("pooler", want, "server main")
		})
	}
}

func TestPoolerThatIsConfigured(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	server := p.config.Servers[rowhouse.Main].URL
	through := pgbouncertest.Start(t, server)
	p.config.Servers[rowhouse.Main] = rowhouse.Server{URL: through, Pooler: "transaction", DirectURL: server}
	if found := p.findings("pooler"); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	p.config.Servers[rowhouse.Main] = rowhouse.Server{URL: through, Pooler: "transaction"}
	p.one("pooler", Warning, "server main")
}

func TestTransactionLeftOpen(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	idle, err := connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(idle)
	if _, err := idle.Exec(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	conn, err := connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(conn)
	e := &exam{conn: conn} // no patience
	if err := e.sessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(e.findings) != 1 || e.findings[0].Check != "locks" {
		t.Errorf("found %+v", e.findings)
	}
}
