// Package spec turns the fields of a request into values that are safe to build paths, limits and command lines from.
//
// Each verb has a struct of its own; Parse functions return it only when every field is within the bounds of api/launcher.md. Code
// beyond this package never sees an unchecked name.
package spec
