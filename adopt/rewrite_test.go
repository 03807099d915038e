package adopt

import "testing"

func sample() *names {
	return namesOf([]string{"public", "My Stage"}, []*object{
		{schema: "public", name: "people"}, {schema: "public", name: "Odd"}, {schema: "My Stage", name: "raw"},
	})
}

// Names lose an adopted schema where they are names, and nothing else changes.
func TestRewrite(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`SELECT public.people.id FROM public . people`:               `SELECT people.id FROM people`,
		`SELECT * FROM PUBLIC.People, "public"."Odd"`:                `SELECT * FROM People, "Odd"`,
		`SELECT * FROM "My Stage".raw`:                               `SELECT * FROM raw`,
		`GRANT SELECT ON public.people TO public`:                    `GRANT SELECT ON people TO public`,
		`SELECT nextval('public.people'), 'public.people'::regclass`: `SELECT nextval('people'), 'people'::regclass`,
		`SELECT nextval('public."Odd"')`:                             `SELECT nextval('"Odd"')`,
		"SELECT 1 -- from public.people\n":                           "SELECT 1 -- from public.people\n",
		`SELECT republic.people, people.public`:                      `SELECT republic.people, people.public`,
		`SELECT 'made public. Then more', 'public', x.public.y`:      `SELECT 'made public. Then more', 'public', x.public.y`,
	} {
		b := sample().rewrite(text)
		if got := b.out.String(); got != want || b.changed != (text != want) {
			t.Errorf("%s\nbecame %s\nwant   %s", text, got, want)
		}
	}
}

// What could mean something else is left, and told.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`EXECUTE 'SELECT * FROM public.people'`,
		`EXECUTE format('SELECT * FROM public.%I', x)`,
		`EXECUTE 'SELECT * FROM "My Stage"."raw"'`,
		`EXECUTE $q$ DELETE FROM PUBLIC.people $q$`,
		`SELECT 'public.people'`,
		`DELETE FROM public.gone`,
		`SET search_path = public`,
		`SET LOCAL search_path TO "$user", public`,
		`DROP TABLE IN SCHEMA public`,
	} {
		if b := sample().rewrite(text); len(b.troubles) == 0 || b.out.String() != text {
			t.Errorf("%s became %s, and was not told of", text, b.out.String())
		}
	}
}

func TestUnqualify(t *testing.T) {
	t.Parallel()
	const home = "tenant_acme_0123456789ab"
	for text, want := range map[string]string{
		`CREATE TABLE ` + home + `.t (u ` + home + `.unit REFERENCES shared.u)`:                               `CREATE TABLE t (u unit REFERENCES shared.u)`,
		`ALTER TABLE ONLY ` + home + `."Order" ALTER i SET DEFAULT nextval('` + home + `.s'::regclass)`:       `ALTER TABLE ONLY "Order" ALTER i SET DEFAULT nextval('s'::regclass)`,
		`SELECT '` + home + `."A b"'::regclass, 'a'::` + home + `.unit`:                                       `SELECT '"A b"'::regclass, 'a'::unit`,
		`CREATE FUNCTION ` + home + `.f() SET search_path TO '` + home + `', 'shared' AS $$SELECT 'shared'$$`: `CREATE FUNCTION f() SET search_path TO __tenant__, "shared" AS $$SELECT 'shared'$$`,
		`CREATE FUNCTION ` + home + `.f() SET search_path TO ''`:                                              `CREATE FUNCTION f() SET search_path TO ''`,
		`SELECT 1 OPERATOR(` + home + `.===) 2`:                                                               `SELECT 1 OPERATOR(===) 2`,
	} {
		if got := unqualify(text, home, "__tenant__"); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", text, got, want)
		}
	}
}

func TestSlugOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"acme": "acme", "Big_Corp": "big-corp", "_x__y_": "x-y", "Café Noir": "caf-noir", "": "", "***": "",
	} {
		if got := slugOf(name); got != want {
			t.Errorf("%q became %q", name, got)
		}
	}
}
