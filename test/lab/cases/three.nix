# Three that run side by side for two minutes: `silent` ones say nothing after a first line, as compilers often do;
# `talking` ones say something every half second.
{ stamp ? "0", percent ? 100 }:
let
  inherit (import ./lib.nix { inherit stamp percent; }) mk;
  three = name: script: mk {
    name = "all-${name}";
    deps = map (n: mk { name = "${name}-${toString n}"; phases = [ { buildPhase = script; } ]; }) [ 1 2 3 ];
    phases = [ ];
  };
in
{
  silent = three "silent" "echo compiling; sleep 120";
  talking = three "talking" "for i in $(seq 240); do echo \"[$i/240] compiling unit $i\"; sleep 0.5; done";
}
