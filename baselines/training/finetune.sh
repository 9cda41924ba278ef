#!/bin/sh
# Phantoms → real slices, three ways: sh finetune.sh PAIRS WORK. Run it in this folder; give it again to go on.
set -eu
pairs=$1
work=$2
mkdir -p "$work"
phantoms="$pairs/p256-thorax-fit.h5:1 $pairs/p256-abdomen-fit.h5:1"
real="$pairs/mayo-fit.h5"
tune="$pairs/mayo-tune.h5"
steps=1500

python train.py red-cnn --patch 64 --fit $phantoms --tune "$tune" --steps 3000 --every 1500 --checkpoint "$work/phantoms.pt"
python train.py red-cnn --patch 64 --fit "$real" --tune "$tune" --steps $steps --every 500 --checkpoint "$work/scratch.pt"
python train.py red-cnn --patch 64 --fit "$real" --tune "$tune" --steps $steps --every 500 --rate 5e-4 --start "$work/phantoms.pt" --checkpoint "$work/same-rate.pt"
python train.py red-cnn --patch 64 --fit "$real" --tune "$tune" --steps $steps --every 500 --rate 5e-4 --layer-decay 0.8 --start "$work/phantoms.pt" --checkpoint "$work/layer-decay.pt"
