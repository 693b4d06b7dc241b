(import path: (string) @import.module)
