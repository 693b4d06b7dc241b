(apply function: (variable) @call)
(infix operator: (operator) @call)
(exp (variable) @call)
(instance name: (name) @inherits)
(name) @type
(import_name variable: (variable) @import)
(import_name type: (name) @import)
