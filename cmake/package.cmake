# `cpack --config build/PRESET/CPackConfig.cmake -G DEB` makes the Debian package, `-G TGZ` the archive for other systems.
# docs/decisions/314-packages.md
include(GNUInstallDirs)
set(packaging ${PROJECT_SOURCE_DIR}/packaging)

# Both: the program and what is read about it. The names of files below are those of the installed system.
set(doc_directory ${CMAKE_INSTALL_DATADIR}/doc/dialogue)
find_program(GZIP gzip REQUIRED)
set(staged ${CMAKE_CURRENT_BINARY_DIR}/packaging)
file(MAKE_DIRECTORY ${staged})
function(compressed source name)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  execute_process(COMMAND ${GZIP} -9nc ${source} OUTPUT_FILE ${staged}/${name} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The date of the changelog: that of SOURCE_DATE_EPOCH, where it is set.
string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${packaging}/debian/changelog.in ${staged}/changelog @ONLY)
compressed(${staged}/changelog changelog.gz)
compressed(${packaging}/debian/dialogue.1 dialogue.1.gz)

install(FILES ${staged}/dialogue.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT package)
install(FILES CHANGELOG.md README.md DESTINATION ${doc_directory} COMPONENT package)
install(FILES ${packaging}/debian/copyright DESTINATION ${doc_directory} COMPONENT package)
install(FILES ${PROJECT_SOURCE_DIR}/examples/operations/alerts.yml ${PROJECT_SOURCE_DIR}/examples/operations/grafana.json
  DESTINATION ${doc_directory}/examples COMPONENT package)

# Of the Debian package alone.
install(FILES ${staged}/changelog.gz DESTINATION ${doc_directory} COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${packaging}/systemd/dialogue.service ${packaging}/systemd/dialogue.socket
  DESTINATION lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${packaging}/etc/dialogue.json ${packaging}/etc/app.json
  DESTINATION /etc/dialogue COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${packaging}/etc/default DESTINATION /etc/default RENAME dialogue COMPONENT debian EXCLUDE_FROM_ALL)

# Of the archive alone: the browser client, and the same files to be put in their places by hand.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/js/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/dialogue/client COMPONENT archive
  EXCLUDE_FROM_ALL)
install(DIRECTORY ${packaging}/systemd ${packaging}/etc DESTINATION ${CMAKE_INSTALL_DATADIR}/dialogue COMPONENT archive
  EXCLUDE_FROM_ALL)

set(CPACK_PACKAGE_NAME dialogue)
set(CPACK_PACKAGE_VENDOR "The Dialogue authors")
set(CPACK_PACKAGE_CONTACT "The Dialogue authors <dialogue@packages.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "realtime rooms and events for browsers")
set(CPACK_PACKAGE_FILE_NAME dialogue-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_CURRENT_BINARY_DIR};Dialogue;ALL;/")
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/package_generator.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Dialogue serves rooms in which browsers and backends exchange typed events:
with a log for each room, so that a client which was away receives what it
missed, over WebSocket, Server-Sent Events or HTTP requests.
.
This package has the server as a systemd service, its command line tools and
the browser client, which the server serves itself.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.54)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libpq5 (>= 14), nginx | haproxy, prometheus")  # libpq5: loaded for postgres: alone
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
foreach(script postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/${script})
endforeach()
include(CPack)
