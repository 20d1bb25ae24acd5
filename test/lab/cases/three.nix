# Three that run side by side and say something every half second, for a minute and a half.
{ stamp ? "0", percent ? 100 }:
let
  inherit (import ./lib.nix { inherit stamp percent; }) mk;
  steady = n: mk {
    name = "steady-${toString n}";
    phases = [ { buildPhase = "for i in $(seq 180); do echo \"[$i/180] compiling unit $i\"; sleep 0.5; done"; } ];
  };
in
{ all = mk { name = "all-steady"; deps = map steady [ 1 2 3 ]; phases = [ ]; }; }
