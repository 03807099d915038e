package isolationtest

// concurrency: few connections, many goroutines, tenants that come and go. No wrong
// row, no lost write, no error.
func concurrency(s *stage) {
	load := s.target.Load
	door := s.open(load.Connections)
	w := s.swarm(door, load.Tenants)
	w.run(load.Goroutines, load.Statements)
	s.pit()
}
