# Write OUTPUT, a C file with the sum of the files that stand in LIST.
file(STRINGS ${LIST} sources)
set(all "")
foreach(source ${sources})
	get_filename_component(name ${source} NAME)
	file(SHA256 ${source} sum)
	string(APPEND all "${name} ${sum}\n")
endforeach()
string(SHA256 sum "${all}")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT
	"#include \"validator/chain/memory.h\"\n\nconst char chain_rules[] = \"${sum}\";\n")
