// Package rewrite replaces groups of nodes by fewer nodes that compute the same, before anything is prepared.
//
// A rewrite sees one subgraph as the model declares it: nodes in execution order, tensors with their declared shapes, and the
// values of constants. It replaces a group only when nothing can tell the difference but rounding:
//
//   - every tensor between the nodes of the group has one writer and no reader outside the group, and is neither an output of
//     the subgraph nor a variable;
//   - the nodes are the library's own operators, and none of them keeps state, nor does any node between the first and the last
//     (stream, whose nodes do, makes sure of what it needs itself);
//   - what the group computes does not depend on a value that is only known when it runs.
//
// Declared shapes are hints: inputs may be resized. An operator that a rewrite puts in checks in its Prepare what it needs, and
// where it refuses, the interpreter prepares the nodes of the model as they stand. The same happens for every error, so that
// errors always tell of nodes of the model, and for subgraphs with tensors whose shape is only known when they run.
//
// A node that replaces others bears the names of all of them and the number of the last one, whose output it computes.
package rewrite
