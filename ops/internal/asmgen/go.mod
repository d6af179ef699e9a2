module github.com/litewren/litewren/ops/internal/asmgen

go 1.26.0
