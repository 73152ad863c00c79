package guestservice

import (
	"math"
	"slices"
	"strings"
)

const (
	// listTextBytes bounds the names of a list's programs together, and once more their arguments together.
	listTextBytes = 4 << 20
	// oneTextBytes of a program's name, and of its arguments, are shown in a list: a page of script.
	oneTextBytes = 4 << 10
	// argumentBytes is what an argument costs besides its text.
	argumentBytes = 4
	// cutMark ends a text of which not all is shown.
	cutMark = " … (cut)"
)

// texts shortens what describes a process to so many bytes, and the mark.
type texts int

// wholeTexts shortens nothing: the system lets one process have 2 MiB of arguments.
const wholeTexts texts = math.MaxInt

// textsOfList gives each of so many processes an equal share.
func textsOfList(processes int) texts {
	return texts(min(oneTextBytes, listTextBytes/max(processes, 1)))
}

func (limit texts) cut(text string) string {
	if len(text) <= int(limit) {
		return text
	}
	return strings.ToValidUTF8(text[:max(0, limit)], "") + cutMark
}

// cutAll shortens the argument at which the bytes are used up and leaves out those that follow.
func (limit texts) cutAll(arguments []string) []string {
	for index, argument := range arguments {
		if argumentBytes+len(argument) > int(limit) {
			return append(slices.Clone(arguments[:index]), (limit - argumentBytes).cut(argument))
		}
		limit -= texts(argumentBytes + len(argument))
	}
	return arguments
}
