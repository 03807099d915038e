package proxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/rowhouse-go/rowhouse/internal/pglocal"
	"github.com/rowhouse-go/rowhouse/silo/proxy"
)

// certificate writes a self-signed certificate into the proxy's directory.
func (f *front) certificate(t *testing.T, host, file string) proxy.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := proxy.Certificate{Host: host, File: f.file(file + ".pem"), Key: f.file(file + ".key")}
	write(t, c.File, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, c.Key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	return c
}

// The wildcard's certificate, but for the host that has one of its own; for others no
// handshake.
func TestACertificateOfItsOwnWinsOverTheWildcard(t *testing.T) {
	t.Parallel()
	site, _ := houses(t)
	f := begin(t, site, untouched)
	port, err := pglocal.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	secure := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	f.site.ListenTLS = []string{secure}
	f.site.Certificates = []proxy.Certificate{
		f.certificate(t, "*.polls.localhost", "wildcard"), f.certificate(t, "acme.polls.localhost", "acme"),
	}
	f.site.Routes = append(f.site.Routes, proxy.Route{Host: "third.example", Upstream: application(t, "third")})
	if err := f.install(t); err != nil {
		t.Fatal(err)
	}
	f.await(t, "third.example", "third") // it has read the new configuration
	for host, want := range map[string]string{
		"acme.polls.localhost": "acme.polls.localhost", "potter.polls.localhost": "*.polls.localhost", "acme.example": "",
	} {
		if got := offered(t, secure, host); got != want {
			t.Errorf("%s is offered the certificate of %q, want %q", host, got, want)
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if status, _, err := f.get(t.Context(), client, "potter.polls.localhost", "/"); err != nil || status != http.StatusPermanentRedirect {
		t.Errorf("without TLS: %d %v, want a redirect", status, err)
	}
}

// offered returns the name in the certificate for a host, or "" where there is none.
func offered(t *testing.T, address, host string) string {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{ServerName: host, InsecureSkipVerify: true}} // self-signed: names are compared below
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return ""
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].DNSNames[0]
}
