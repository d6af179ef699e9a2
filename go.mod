module github.com/litewren/litewren

go 1.26.0

require (
	github.com/google/flatbuffers v25.12.19+incompatible
	github.com/spf13/pflag v1.1.0
	github.com/stretchr/testify v1.12.1
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
