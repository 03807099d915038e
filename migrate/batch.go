package migrate

// batch is what runs together: one message for SQL, or one Go function, or one file
// without a transaction.
type batch []*Migration

// single puts every migration into a transaction of its own.
func single(todo []*Migration) batch { return todo[:1] }

// together puts as many migrations into one transaction as it can hold: up to a Go
// migration, a file without a transaction, or a new enum value, which nobody may
// use before it is committed.
func together(todo []*Migration) batch {
	if todo[0].NoTx || todo[0].Go != nil {
		return todo[:1]
	}
	for i, m := range todo {
		if m.NoTx || m.Go != nil {
			return todo[:i]
		}
		if m.addsEnumValue() {
			return todo[:i+1]
		}
	}
	return todo
}

func (m *Migration) addsEnumValue() bool {
	for _, s := range m.Up {
		if addsEnumValue(s.SQL) {
			return true
		}
	}
	return false
}
