# `cmake --install`: headers, libraries, the program and the package files that find_package(Dialogue) reads.
