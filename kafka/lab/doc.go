// Package lab runs demo consumers and producers, each as a child process of the program's own binary, so that one can be
// asked to leave, killed, paused and slowed down as a real one would be.
//
// A [Lab] plays a [Scene], carries out a [model.LabAction] and tells in [model.LabSnapshot]s what its children are doing.
// A child is [RunChild] in a process of its own. Its configuration comes as the first line of its standard input, so that
// no credential is ever on a command line; later lines are commands, and its reports go to standard output, all of it
// JSON, one value a line.
//
// No child outlives the program, however that ends. A child ends by itself when its standard input does. That would not
// help one that is paused: on Linux the kernel kills it when the program is gone; elsewhere on Unix it is alone in its
// process group, so that the kernel sends SIGHUP and SIGCONT to it when that group loses its parent. Being in a group of
// its own, a child also gets none of the terminal's signals: Ctrl-C is the program's to handle.
//
// Names: the consumers of a group are called by the prefix that the scene gives the group and a number (consumer-1,
// consumer-2, …), those of a group that the scene does not know by the group's name and a number. A name is never given
// twice while the lab runs, and no two groups share one: it is the consumer's client.id and how an action names it.
package lab
