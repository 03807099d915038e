package ddl

// grant keeps TRUNCATE from being given: it does not know row security. ALL on tables
// becomes what it is wanted for.
func (s *statement) grant(i int) error {
	on := s.top(i, "ON")
	if on < 0 || s.oneOf(on+1, "SEQUENCE", "SEQUENCES", "FUNCTION", "FUNCTIONS", "PROCEDURE", "PROCEDURES", "ROUTINE", "ROUTINES",
		"SCHEMA", "SCHEMAS", "TYPE", "TYPES", "DOMAIN", "DATABASE", "LANGUAGE", "LARGE", "PARAMETER", "TABLESPACE", "FOREIGN") ||
		s.at(on+1, "ALL") && !s.at(on+2, "TABLES") {
		return nil
	}
	for p := i + 1; p < on; p = s.skip(p) {
		switch {
		case s.at(p, "TRUNCATE"):
			return s.refuse("", "%s", refusal("truncate"))
		case s.at(p, "ALL") && !s.at(p+1, "(") && !s.at(p+2, "("):
			s.change(s.replace(p, "SELECT, INSERT, UPDATE, DELETE"))
			if s.at(p+1, "PRIVILEGES") {
				s.change(s.remove(p+1, p+2))
			}
		}
	}
	return nil
}
