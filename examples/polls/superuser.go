package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/rowhouse-go/rowhouse/examples/polls/app"
)

type superuser struct {
	name, email, password string
	fromStdin             bool
}

func createSuperuser(ctx context.Context, args []string) error {
	var u superuser
	flags := flag.NewFlagSet("createsuperuser", flag.ContinueOnError)
	flags.StringVar(&u.name, "username", "", "the `name` to sign in with")
	flags.StringVar(&u.email, "email", "", "an `address`, if any")
	flags.StringVar(&u.password, "password", "", "the `secret`; other users of this machine can see it here")
	flags.BoolVar(&u.fromStdin, "password-stdin", false, "read the password from standard input")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := u.ask(); err != nil {
		return err
	}
	db, err := openDB()
	if err != nil {
		return err
	}
	defer db.Close()
	if err := app.CreateSuperuser(ctx, db, u.name, u.email, u.password); err != nil {
		return err
	}
	fmt.Printf("superuser %s created\n", u.name)
	return nil
}

// ask fills in what the flags left out.
func (u *superuser) ask() (err error) {
	if u.fromStdin {
		u.password, err = readLine(os.Stdin)
		return err
	}
	if u.name != "" && u.password != "" {
		return nil
	}
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return errors.New("give --username, and --password or --password-stdin")
	}
	if u.name == "" {
		fmt.Fprint(os.Stderr, "Username: ")
		if u.name, err = readLine(os.Stdin); err != nil {
			return err
		}
	}
	if u.password == "" {
		u.password, err = readSecret(stdin)
	}
	return err
}

func readLine(r io.Reader) (string, error) {
	text, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read from standard input: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}

func readSecret(terminal int) (string, error) {
	fmt.Fprint(os.Stderr, "Password: ")
	secret, err := term.ReadPassword(terminal)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(secret), nil
}
