package access

// TemporaryPrefix begins the names of files that replace others once they are complete. They are not shown to those
// who watch a directory.
const TemporaryPrefix = ".omnirun-upload-"
