package main

import (
	"context"
	"errors"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "getme/bench/peers/go/gen/getme/v1"
)

// gocql prepares a statement when it is first executed, and remembers it.
const selectUser = "SELECT firstname, lastname, email, account_status, created_date," +
	" last_login_date FROM users WHERE userid = ?"

type userService struct {
	pb.UnimplementedUserServiceServer
	session *gocql.Session
}

// GetMe reads the caller's row.
func (service *userService) GetMe(
	ctx context.Context, _ *pb.GetMeRequest,
) (*pb.GetMeResponse, error) {
	who := caller(ctx)
	userID, err := gocql.ParseUUID(who.Subject)
	if err != nil {
		return nil, status.Error(codes.Unauthenticated, "token invalid")
	}
	user := &pb.User{UserId: userID.String()}
	var created, lastLogin *time.Time
	err = service.session.Query(selectUser, userID).ScanContext(
		ctx, &user.Firstname, &user.Lastname, &user.Email, &user.AccountStatus, &created, &lastLogin,
	)
	switch {
	case errors.Is(err, gocql.ErrNotFound):
		return nil, status.Error(codes.NotFound, "user not found")
	case err != nil:
		return nil, status.Error(codes.Unavailable, "store unavailable")
	case user.AccountStatus == "suspended":
		return nil, status.Error(codes.PermissionDenied, "account suspended")
	}
	user.CreatedDate, user.LastLoginDate = timestamp(created), timestamp(lastLogin)
	return &pb.GetMeResponse{User: user, Roles: who.Roles}, nil
}

func timestamp(moment *time.Time) *timestamppb.Timestamp {
	if moment == nil {
		return nil
	}
	return timestamppb.New(*moment)
}
