# What a Debian package wants and an install tree does not: pages and changelog gzipped, and a copyright file. Runs between the
# installation into CPack's own folder and the packing of it.
file(GLOB_RECURSE pages ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/pedigree.1)
file(GLOB_RECURSE changelogs ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/CHANGELOG.md)
foreach(file ${pages} ${changelogs})
  execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE licence ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/LICENSE)
get_filename_component(folder ${licence} DIRECTORY)
file(WRITE ${folder}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: pedigree

Files: *
Copyright: the Pedigree authors
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.
")
file(REMOVE ${licence})  # the copyright file points to the system's own
