#!/bin/sh
# Trains and exports every network: sh all.sh PAIRS WORK. Run it in this folder; give it again to go on.
set -eu
pairs=$1
work=$2
mkdir -p "$work"
fit="$pairs/mayo-fit.h5:4 $pairs/lodopab-fit.h5:3 $pairs/p256-thorax-fit.h5:1 $pairs/p256-abdomen-fit.h5:1 $pairs/p256-quality-fit.h5:0.3 $pairs/sparse-thorax-fit.h5:0.5 $pairs/sparse-abdomen-fit.h5:0.5"
tune="$pairs/mayo-tune.h5 $pairs/lodopab-tune.h5 $pairs/p256-thorax-tune.h5 $pairs/p256-abdomen-tune.h5 $pairs/sparse-thorax-tune.h5"

python train.py unet --fit $fit --tune $tune --filter hann --steps 7000 --every 1000 --checkpoint "$work/unet.pt" --out ../unet
python train.py red-cnn --fit $fit --tune $tune --filter hann --patch 64 --steps 15000 --every 2500 --checkpoint "$work/red-cnn.pt" --out ../red-cnn
python train.py noise2inverse --fit "$pairs/n2i-mayo-fit.h5:2" "$pairs/n2i-lodopab-fit.h5:1" --tune "$pairs/mayo-tune.h5" \
  --patch 64 --steps 4000 --every 2000 --checkpoint "$work/noise2inverse.pt" --out ../noise2inverse
python train.py wgan --fit "$pairs/mayo-fit.h5:4" "$pairs/lodopab-fit.h5:2" "$pairs/p256-thorax-fit.h5:1" "$pairs/p256-abdomen-fit.h5:1" --tune "$pairs/mayo-tune.h5" \
  --filter hann --patch 64 --batch 12 --steps 2000 --every 500 --rate 5e-4 --checkpoint "$work/wgan.pt" --out ../wgan
python primal_dual.py --fit "$pairs/sparse-thorax-fit.h5" "$pairs/sparse-abdomen-fit.h5" --tune "$pairs/sparse-thorax-tune.h5" "$pairs/sparse-abdomen-tune.h5" \
  --unrolled 5 --steps 450 --every 50 --checkpoint "$work/learned-primal-dual.pt" --out ../learned-primal-dual
