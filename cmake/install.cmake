# `cmake --install`: headers, libraries, the program, the client's sources and the files that find_package(Dialogue) reads.
# What a program links is Dialogue::Dialogue, which is Dialogue::server (the library), or Dialogue::app (with run_app); the rest
# comes along.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(libraries options shared core definitions client store services network tools client_files server app)
foreach(library ${libraries})
  set_target_properties(dialogue_${library} PROPERTIES EXPORT_NAME ${library})
  add_library(Dialogue::${library} ALIAS dialogue_${library})
  list(APPEND library_targets dialogue_${library})
endforeach()

add_library(dialogue_dialogue INTERFACE)
target_link_libraries(dialogue_dialogue INTERFACE dialogue_server)
set_target_properties(dialogue_dialogue PROPERTIES EXPORT_NAME Dialogue)
add_library(Dialogue::Dialogue ALIAS dialogue_dialogue)
list(APPEND library_targets dialogue_dialogue)

install(TARGETS ${library_targets} EXPORT DialogueTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS dialogue RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

# The public headers, and what they reach: docs/decisions/296-namespaces-and-installed-headers.md
install(CODE "
  set(ROOT \"${CMAKE_CURRENT_SOURCE_DIR}\")
  set(STAGE \"${CMAKE_CURRENT_BINARY_DIR}/installed_headers\")
  get_filename_component(DESTINATION \"${CMAKE_INSTALL_INCLUDEDIR}\" ABSOLUTE BASE_DIR \"\${CMAKE_INSTALL_PREFIX}\")")
install(SCRIPT cmake/installed_headers.cmake)

# dialogue_add_app compiles the browser client again, with an application's catalogue in it.
set(DIALOGUE_DATA_DIRECTORY ${CMAKE_INSTALL_DATADIR}/dialogue)
install(FILES client-wasm/CMakeLists.txt DESTINATION ${DIALOGUE_DATA_DIRECTORY}/client-wasm)
foreach(directory shared client-wasm/core client-wasm/abi)
  install(DIRECTORY ${directory}/ DESTINATION ${DIALOGUE_DATA_DIRECTORY}/${directory}
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" PATTERN vectors EXCLUDE)
endforeach()

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Dialogue)
install(EXPORT DialogueTargets NAMESPACE Dialogue:: DESTINATION ${package_directory})
configure_package_config_file(cmake/DialogueConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/DialogueConfig.cmake
  INSTALL_DESTINATION ${package_directory} PATH_VARS DIALOGUE_DATA_DIRECTORY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/DialogueConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/DialogueConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/DialogueConfigVersion.cmake
  cmake/dialogue_add_app.cmake DESTINATION ${package_directory})
