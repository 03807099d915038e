package silo

import (
	"strings"
	"testing"
)

// Lines as Linux writes them: who is on port 8000 (1F40), from where, in which state.
func TestWhoVisitsAnApplication(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"0: 0100007F:1F40 0100007F:A3F2 01 00000000:00000000":                                 true, // is there
		"1: 0100007F:1F40 0100007F:A3F2 06 00000000:00000000":                                 true, // was there
		"2: 0100007F:A3F2 0100007F:1F40 06 00000000:00000000":                                 true, // has left by himself
		"3: 020012AC:1F40 010012AC:A3F2 01 00000000:00000000":                                 true, // from outside
		"4: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000100007F:A3F2 01 0": true,
		"5: 0100007F:1F40 0200007F:A3F2 06 00000000:00000000":                                 false, // the supervisor
		"6: 0200007F:A3F2 0100007F:1F40 01 00000000:00000000":                                 false,
		"7: 0000000000000000FFFF00000100007F:1F40 0000000000000000FFFF00000200007F:A3F2 06 0": false,
		"8: 0100007F:1F40 00000000:0000 0A 00000000:00000000":                                 false, // listens
		"9: 0100007F:A3F2 0100007F:1538 01 00000000:00000000":                                 false, // ours to the database
		"10: 020012AC:A3F2 030012AC:1F40 01 00000000:00000000":                                false, // to another machine
		"sl  local_address rem_address   st tx_queue rx_queue":                                false,
		"": false,
	} {
		if isVisit(strings.Fields(line), ":1F40") != want {
			t.Errorf("%q: not %v", line, want)
		}
	}
}
