"""Where photos were taken, no finer than their owner's own words or a tenth of a degree."""

import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN

RADIUS = 6371.0  # km, of the Earth
APART = 10.0  # km without a photo part two places
LEAST = 3  # photos that make a place
MOST = 10  # places told of
CELL = 2  # decimals of a degree within which photos are one point: a home holds thousands


def places(photos: pd.DataFrame) -> dict[str, pd.Series]:
    """Place -> whether each photo of a PHOTOS table was taken there: the MOST photographed ones.

    By the names that the library gives; photos with a position and no name are clustered (DBSCAN
    by great circles), and a cluster is called by its densest point, rounded to a tenth of a degree
    (11 km): finer would tell where somebody lives. A road with a photo every APART is one place.
    """
    spoken = photos.places.str.len() > 0
    clusters = _clusters(photos[~spoken & located(photos)])
    said = pd.concat([photos.places[spoken].explode(), clusters]).dropna()
    most = said.value_counts().rename("photos").rename_axis("place").reset_index()
    most = most.sort_values(["photos", "place"], ascending=[False, True])[:MOST]
    return {
        place: pd.Series(photos.index.isin(said.index[said == place]), photos.index)
        for place in most.place
    }


def located(photos: pd.DataFrame) -> pd.Series:
    """Which photos have a position."""
    return photos.lat.notna() & photos.lon.notna()


def _clusters(photos: pd.DataFrame) -> pd.Series:
    """The rounded position of the cluster that each photo is in; missing where in none."""
    cells = photos[["lat", "lon"]].astype(float).round(CELL)
    points = cells.value_counts(sort=False).rename("photos").reset_index()
    if points.empty:
        return pd.Series(index=photos.index, dtype=object)
    near = DBSCAN(eps=APART / RADIUS, min_samples=LEAST, metric="haversine", algorithm="ball_tree")
    near.fit(np.radians(points[["lat", "lon"]]), sample_weight=points.photos)
    points["cluster"] = near.labels_
    densest = points.sort_values(["photos", "lat", "lon"], ascending=[False, True, True])
    densest = densest[densest.cluster >= 0].drop_duplicates("cluster").set_index("cluster")
    names = {one.Index: _degrees(one.lat, one.lon) for one in densest.itertuples()}
    of = points.set_index(["lat", "lon"]).cluster.map(names)
    return pd.Series(of.reindex(pd.MultiIndex.from_frame(cells)).to_numpy(object), photos.index)


def _degrees(lat: float, lon: float) -> str:
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{abs(lat):.1f}° {north}, {abs(lon):.1f}° {east}"
