package compose

import (
	"strings"
	"testing"
	"time"
)

// Lines as Linux writes them: who is on port 8000 (1F40), from where, in which state.
func TestVisitorsComeFromOutside(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"0: 020012AC:1F40 010012AC:A3F2 01 00000000:00000000":                                                 true,
		"1: 0000000000000000FFFF0000020012AC:1F40 0000000000000000FFFF0000010012AC:A3F2 01 00000000:00000000": true,
		"2: 0100007F:1F40 0100007F:A3F2 01 00000000:00000000":                                                 false, // the health check
		"3: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000100007F:A3F2 01 0":                 false,
		"4: 00000000000000000000000001000000:1F40 00000000000000000000000001000000:A3F2 01 0":                 false,
		"5: 00000000:1F40 00000000:0000 0A 00000000:00000000":                                                 false, // listens
		"6: 020012AC:1F40 010012AC:A3F2 06 00000000:00000000":                                                 false, // has left
		"7: 020012AC:A3F2 030012AC:1538 01 00000000:00000000":                                                 false, // ours to the database
		"sl  local_address rem_address   st tx_queue rx_queue":                                                false,
		"": false,
	} {
		if isVisitor(strings.Fields(line)) != want {
			t.Errorf("%q: not %v", line, want)
		}
	}
}

func TestTheLastUseIsInTheHealthChecksOutput(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	if got, known := lastUse("warming up\n" + (&use{last: at}).String() + "\n"); !known || !got.Equal(at) {
		t.Errorf("%s, %v", got, known)
	}
	for _, output := range []string{"", "last used soon", "used 2026-11-22T10:00:00Z"} {
		if got, known := lastUse(output); known {
			t.Errorf("%q: %s", output, got)
		}
	}
}
