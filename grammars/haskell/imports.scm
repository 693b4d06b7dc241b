(import module: (module) @import.module)
