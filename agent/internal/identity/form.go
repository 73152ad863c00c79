package identity

// Forms of texts: an x stands for a lower-case hexadecimal digit. They are compared by hand, for a regular expression's
// machinery is code that an emulated clone would run for the first time in its claim.
const (
	machineIDForm = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	bootIDForm    = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
)

// maxLabelBytes is DNS's, RFC 1035.
const maxLabelBytes = 63

func hasForm(text, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		isDigit := text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'f'
		if form[i] == 'x' && !isDigit || form[i] != 'x' && text[i] != form[i] {
			return false
		}
	}
	return true
}

// isDNSLabel accepts letters, digits and, not at the ends, hyphens.
func isDNSLabel(text string) bool {
	if text == "" || len(text) > maxLabelBytes || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	for i := range len(text) {
		isLetter := text[i] >= 'a' && text[i] <= 'z' || text[i] >= 'A' && text[i] <= 'Z'
		if !isLetter && (text[i] < '0' || text[i] > '9') && text[i] != '-' {
			return false
		}
	}
	return true
}
