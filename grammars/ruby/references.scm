(call method: (identifier) @call)
(call method: (constant) @call)
(superclass (constant) @inherits)
(superclass (scope_resolution name: (constant) @inherits))
(constant) @type
