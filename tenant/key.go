package tenant

// Key is how a request or an operator names a tenant.
type Key struct {
	Kind  KeyKind
	Value string
}

// KeyKind says what a [Key]'s value is.
type KeyKind uint8

// The kinds of key.
const (
	KeyNone KeyKind = iota // no tenant is named
	KeyID                  // the canonical id
	KeySlug
	KeyHost // a canonical host name
)

// ByID returns the key of an id.
func ByID(id ID) Key { return Key{KeyID, id.String()} }

// BySlug returns the key of a slug.
func BySlug(slug string) Key { return Key{KeySlug, slug} }

// ByHost returns the key of a canonical host.
func ByHost(host string) Key { return Key{KeyHost, host} }

// String is for messages: the kind and the value.
func (k Key) String() string {
	switch k.Kind {
	case KeyID:
		return "id " + clip(k.Value)
	case KeySlug:
		return "slug " + clip(k.Value)
	case KeyHost:
		return "host " + clip(k.Value)
	}
	return "no key"
}
