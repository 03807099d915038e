package isolation

// Settings are what a level takes from the configuration.
type Settings struct {
	Names   Names
	AppRole string // the application's database role where it is not the owner's
}

// Maker makes a level once the configuration is known. Levels that not every program
// has come as one: database.Postgres().
type Maker func(Settings) Level
