package files

import (
	"io"
	"mime"
	"mime/multipart"
)

const (
	// partName is what a form calls its files.
	partName = "file"
	// maxParts bounds the files of one form, whose descriptions are kept until the answer.
	maxParts = 10_000
)

// takeParts stores the files of a form. A part's own name is a whole path (FileName would cut it to its last
// element); the path of the query wins over it.
func (u *upload) takeParts(body io.Reader, boundary string) error {
	if boundary == "" {
		return badRequest("the form has no boundary")
	}
	form := multipart.NewReader(body, boundary)
	taken := map[string]bool{}
	for {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return u.requireFiles()
		}
		if err != nil {
			return badRequest("invalid form: %v", err)
		}
		if part.FormName() != partName {
			continue
		}
		path, err := u.partPath(part)
		if err != nil {
			return err
		}
		if taken[path] {
			return badRequest("the form has two files for path '%s'", path)
		}
		if len(taken) == maxParts {
			return badRequest("the form has more than %d files", maxParts)
		}
		taken[path] = true
		if err := u.store(path, part); err != nil {
			return err
		}
	}
}

func (u *upload) partPath(part *multipart.Part) (string, error) {
	named := u.path
	if named == "" {
		_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			return "", badRequest("invalid form: %v", err)
		}
		named = parameters["filename"]
	}
	if named == "" {
		return "", badRequest("a file has neither a path nor a name")
	}
	path, err := u.user.Resolve(named)
	if err != nil {
		return "", badRequest("%v", err)
	}
	return path, nil
}

func (u *upload) requireFiles() error {
	if len(u.files) == 0 {
		return badRequest("the form has no part named %q", partName)
	}
	return nil
}
