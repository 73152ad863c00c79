package users

import (
	"slices"
	"strconv"
	"strings"
)

// tables is what the accounts' files say. It is never changed after parsing.
type tables struct {
	users      map[string]User
	ownerNames map[uint32]string
	groupNames map[uint32]string
}

// parse reads passwd(5) and group(5). Lines that are not well-formed are passed over, as the C library does; of two
// with the same name or number the first one counts.
func parse(passwd, group []byte) tables {
	result := tables{users: map[string]User{}, ownerNames: map[uint32]string{}, groupNames: map[uint32]string{}}
	memberships := result.readGroups(group)
	for line := range strings.Lines(string(passwd)) {
		user, valid := parseUser(strings.TrimSuffix(line, "\n"))
		if !valid {
			continue
		}
		user.Groups = append([]uint32{user.GID}, memberships[user.Name]...)
		slices.Sort(user.Groups)
		user.Groups = slices.Compact(user.Groups)
		setFirst(result.users, user.Name, user)
		setFirst(result.ownerNames, user.UID, user.Name)
	}
	return result
}

func (t tables) readGroups(group []byte) map[string][]uint32 {
	memberships := map[string][]uint32{}
	for line := range strings.Lines(string(group)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) != 4 || fields[0] == "" {
			continue
		}
		gid, err := strconv.ParseUint(fields[2], 10, 32)
		if err != nil {
			continue
		}
		setFirst(t.groupNames, uint32(gid), fields[0])
		for member := range strings.SplitSeq(fields[3], ",") {
			memberships[member] = append(memberships[member], uint32(gid))
		}
	}
	return memberships
}

func parseUser(line string) (User, bool) {
	fields := strings.Split(line, ":")
	if len(fields) != 7 || fields[0] == "" {
		return User{}, false
	}
	uid, uidErr := strconv.ParseUint(fields[2], 10, 32)
	gid, gidErr := strconv.ParseUint(fields[3], 10, 32)
	if uidErr != nil || gidErr != nil {
		return User{}, false
	}
	home := fields[5]
	if !strings.HasPrefix(home, "/") {
		home = "/"
	}
	return User{Name: fields[0], UID: uint32(uid), GID: uint32(gid), Home: home, Shell: fields[6]}, true
}

func setFirst[K comparable, V any](entries map[K]V, key K, value V) {
	if _, present := entries[key]; !present {
		entries[key] = value
	}
}
