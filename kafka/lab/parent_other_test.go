//go:build !unix

package lab

import "errors"

func runParent() error { return errors.New("only on unix") }
